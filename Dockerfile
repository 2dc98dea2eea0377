# A static binary in an image that holds nothing else, run by nobody in particular.
FROM rust:1-alpine AS build
RUN apk add --no-cache musl-dev
WORKDIR /source
COPY . .
RUN cargo build --release --locked

FROM scratch
COPY --from=build /source/target/release/rke2-lint /rke2-lint
USER 65532:65532
WORKDIR /work
ENTRYPOINT ["/rke2-lint"]
CMD ["check", "."]
