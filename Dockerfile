# The claimstream image: every command of the program, as a user without rights.
FROM python:3.11.17-slim-bookworm AS build
WORKDIR /src
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
# The lock holds all extras. Everything is fetched and its hash checked once; from then on nothing else is
# fetched, and the program's own dependencies are picked from what was checked.
COPY requirements.lock ./
RUN pip download --no-deps --only-binary :all: --require-hashes --requirement requirements.lock --dest /wheels
COPY pyproject.toml README.md LICENSE ./
COPY claimstream ./claimstream
COPY config ./config
COPY schemas ./schemas
COPY reference ./reference
COPY processors ./processors
COPY models ./models
COPY streams ./streams
COPY sink ./sink
COPY loadtest ./loadtest
RUN pip install --no-index --find-links /wheels hatchling \
 && pip wheel --no-index --no-deps --no-build-isolation --wheel-dir /wheels . \
 && python -m venv /opt/claimstream \
 && /opt/claimstream/bin/pip install --no-index --find-links /wheels "claimstream[local,correlation]"

FROM python:3.11.17-slim-bookworm
ENV PATH=/opt/claimstream/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 \
    CLAIMSTREAM_HOME=/var/lib/claimstream \
    ORT_DISABLE_TELEMETRY=1 \
    NUMBA_CACHE_DIR=/var/lib/claimstream/compiled
# Home and state are made here so that new named volumes take over their owner.
RUN groupadd --gid 10001 claimstream \
 && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /app --shell /usr/sbin/nologin claimstream \
 && install --directory --owner 10001 --group 10001 --mode 0700 /var/lib/claimstream /var/lib/claimstream-state
COPY --from=build /opt/claimstream /opt/claimstream
WORKDIR /app
COPY examples ./examples
USER 10001:10001
VOLUME ["/var/lib/claimstream", "/var/lib/claimstream-state"]
ENTRYPOINT ["claimstream"]
CMD ["--help"]
