# The two programs on Debian, for docker-compose.yml or a PostgreSQL of yours.
FROM swift:6.3-bookworm AS build
RUN apt-get update \
    && apt-get install -y --no-install-recommends libpq-dev libsodium-dev libsqlite3-dev make pkg-config zlib1g-dev \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /source
COPY . .
RUN make install PREFIX=/usr/local DESTDIR=/installed

FROM debian:bookworm-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates libpq5 libsodium23 libsqlite3-0 libstdc++6 zlib1g \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --no-create-home manicule
COPY --from=build /installed/usr/local /usr/local
USER manicule
EXPOSE 8080
STOPSIGNAL SIGTERM
ENTRYPOINT ["manicule"]
CMD ["serve", "--host", "0.0.0.0", "--behind-proxy"]
