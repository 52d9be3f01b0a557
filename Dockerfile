# Everything the two commands need, on Debian 13:
#   docker build --tag tinyml-harness . && docker run --rm tinyml-harness make bench
# A board: docker run --device /dev/ttyACM0 …
FROM debian:13

RUN apt-get update && apt-get install --yes --no-install-recommends ca-certificates git make \
    && rm -rf /var/lib/apt/lists/*

# Set-up alone first: its layer is kept as long as what it reads stays the same.
WORKDIR /srv/tinyml-harness
COPY Makefile pyproject.toml requirements.lock platformio.ini README.md ./
COPY scripts scripts
COPY harness harness
COPY firmware firmware
RUN make setup && rm -rf /var/lib/apt/lists/* ~/.cache

COPY . .
CMD ["make", "bench"]
