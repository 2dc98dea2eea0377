# Two images: one with nothing but a static binary, and one with a shell and git (`--target alpine`), which
# `check --since` and CI systems need. A release puts the binaries that it has built in the place of the first stages
# (`--build-context binaries=FOLDER`).
FROM rust:1-alpine AS source
ARG TARGETARCH
RUN apk add --no-cache musl-dev
WORKDIR /source
COPY . .
RUN cargo build --release --locked && mkdir /out && cp target/release/rke2-lint "/out/rke2-lint-${TARGETARCH}"

FROM scratch AS binaries
COPY --from=source /out/ /

FROM alpine:3 AS alpine
ARG TARGETARCH
RUN apk add --no-cache bash git
COPY --from=binaries --chmod=755 /rke2-lint-${TARGETARCH} /usr/local/bin/rke2-lint
USER 65532:65532
WORKDIR /work
CMD ["rke2-lint", "check", "."]

FROM scratch
ARG TARGETARCH
COPY --from=binaries --chmod=755 /rke2-lint-${TARGETARCH} /rke2-lint
USER 65532:65532
WORKDIR /work
ENTRYPOINT ["/rke2-lint"]
CMD ["check", "."]
