# A small image: one static program, the certificates of public authorities, and nothing else. No shell,
# no package manager, not root.
#
#   docker build -t jumun .
#   docker run --rm -p 127.0.0.1:8088:8088 -v jumun:/data jumun
#
# FEATURES are those of jumun that are not there by default (docs/decisions/features.md).

FROM rust:1-alpine AS build
# For SQLite and ring a C compiler; for librdkafka also a C++ compiler, make and bash.
RUN apk add --no-cache bash ca-certificates g++ make musl-dev
WORKDIR /src
COPY . .
ARG FEATURES=kafka
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    cargo build --release --locked --features "$FEATURES" \
    && mkdir -p /image/data /image/etc/ssl/certs \
    && cp target/release/jumun /image/jumun \
    && cp /etc/ssl/certs/ca-certificates.crt /image/etc/ssl/certs/

FROM scratch
# The number of nobody in particular; a volume on /data is owned by it.
COPY --from=build --chown=65532:65532 /image /
USER 65532:65532
ENV JUMUN_DATA=/data \
    JUMUN_BIND=0.0.0.0 \
    SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt
VOLUME /data
EXPOSE 8088
# SIGTERM finishes what is under way, within ten seconds.
ENTRYPOINT ["/jumun"]
CMD ["up"]
