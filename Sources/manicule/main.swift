print("manicule")
