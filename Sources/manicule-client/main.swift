print("manicule-client")
