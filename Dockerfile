# A small image: one static program, the certificates of public authorities, and nothing else. No shell,
# no package manager, not root.
#
#   docker build -t jumun .
#   docker run --rm -p 127.0.0.1:8088:8088 -v jumun:/data jumun
#
# FEATURES are those of jumun that are not there by default (docs/decisions/features.md).

FROM rust:1-alpine AS build
# For SQLite and ring a C compiler; for librdkafka also a C++ compiler, make and bash; for kafka-tls also
# OpenSSL, which goes into the program as all the rest does.
RUN apk add --no-cache bash ca-certificates g++ make musl-dev openssl-dev openssl-libs-static pkgconf
ENV OPENSSL_STATIC=1
WORKDIR /src
COPY . .
ARG FEATURES=kafka
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    cargo build --profile dist --locked --features "$FEATURES" \
    && mkdir -p /image/etc/ssl/certs /data \
    && cp target/dist/jumun /image/jumun \
    && cp /etc/ssl/certs/ca-certificates.crt /image/etc/ssl/certs/

FROM scratch
COPY --from=build /image /
# The number of nobody in particular. A volume on /data is owned by it, and it can write nothing else, the
# program least of all.
COPY --from=build --chown=65532:65532 /data /data
USER 65532:65532
ENV JUMUN_DATA=/data \
    JUMUN_BIND=0.0.0.0 \
    SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt
VOLUME /data
EXPOSE 8088
# SIGTERM finishes what is under way, within ten seconds.
ENTRYPOINT ["/jumun"]
CMD ["up"]
