# A Debian with the tools of scripts/deps, for systems that have not got them. README.md, "Other systems", says how to use it.
FROM debian:bookworm-slim
COPY scripts/deps /tmp/deps
RUN sh /tmp/deps tools && apt-get install -y -qq --no-install-recommends git ca-certificates && rm -rf /var/lib/apt/lists/* /tmp/deps
WORKDIR /mapix
