# One image for all roles: hash-locked packages, the model inside, no compiler, no root, and a tree
# that may be read-only but for /data.
#   docker build -t moderation . && docker run -p 8080:8080 -v moderation:/data moderation
# With the Detoxify library as scorer (several times as large, and much slower):
#   docker build --target detoxify -t moderation:detoxify .
FROM python:3.13-slim AS build
WORKDIR /src
RUN python -m venv --without-pip /opt/moderation
# What the service needs, and what sends traces, should they be switched on (4 MB).
COPY requirements/image.txt requirements/image.txt
RUN python -m pip --python /opt/moderation/bin/python install --no-cache-dir --require-hashes \
    -r requirements/image.txt
COPY pyproject.toml README.md LICENSE ./
COPY config config
COPY moderation moderation
RUN python -m pip --python /opt/moderation/bin/python install --no-cache-dir --no-deps \
    --no-build-isolation .

FROM build AS build-detoxify
# PyPI's build of torch needs CUDA; this one is for CPUs, and pinned by version, not by hash.
ARG TORCH=torch==2.13.0+cpu
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu
COPY requirements/detoxify.txt requirements/detoxify.txt
RUN python -m pip --python /opt/moderation/bin/python install --no-cache-dir --require-hashes \
        --no-deps -r requirements/detoxify.txt \
    && python -m pip --python /opt/moderation/bin/python install --no-cache-dir --no-deps \
        --index-url "$TORCH_INDEX" "$TORCH"

FROM python:3.13-slim AS base
RUN groupadd --gid 10001 moderation \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /data \
        --shell /usr/sbin/nologin moderation \
    && install -d -o 10001 -g 10001 -m 0700 /data
WORKDIR /data
# Inside a container, only its own network reaches these; publish the operators' port with care.
ENV PATH=/opt/moderation/bin:$PATH PYTHONUNBUFFERED=1 \
    MODERATION_API__HOST=0.0.0.0 MODERATION_OPS__HOST=0.0.0.0
USER 10001:10001
VOLUME /data
EXPOSE 8080 9090
# Whether its loop turns. What may be down beside it (Redis, the model) is no reason to restart it.
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s --retries=3 \
    CMD ["moderation", "health"]
ENTRYPOINT ["moderation"]
CMD ["serve", "--data", "/data"]

FROM base AS detoxify
# The library fetches the model that is named once, and keeps it beside the service's own data.
ENV MODERATION_SCORER__SPEC=detoxify:original MODERATION_SCORER__PROCESSES=1 \
    TORCH_HOME=/data/torch HF_HOME=/data/huggingface HF_HUB_DISABLE_TELEMETRY=1
COPY --from=build-detoxify /opt/moderation /opt/moderation

FROM base AS service
COPY --from=build /opt/moderation /opt/moderation
