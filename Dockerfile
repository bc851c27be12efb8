# The service in an image: hash-locked packages, no compiler, no torch, no root.
#   docker build -t moderation . && docker run -p 8080:8080 -v moderation:/data moderation
FROM python:3.13-slim AS build
WORKDIR /src
RUN python -m venv /opt/moderation
COPY requirements/run.txt requirements/run.txt
RUN /opt/moderation/bin/pip install --no-cache-dir --require-hashes -r requirements/run.txt
COPY pyproject.toml README.md LICENSE ./
COPY config config
COPY moderation moderation
RUN /opt/moderation/bin/pip install --no-cache-dir --no-deps --no-build-isolation .

FROM python:3.13-slim
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin moderation \
    && install -d -o moderation -g moderation -m 0700 /data
COPY --from=build /opt/moderation /opt/moderation
USER 10001
VOLUME /data
# Inside a container, only its own network reaches these; publish the operators' port with care.
ENV PATH=/opt/moderation/bin:$PATH PYTHONUNBUFFERED=1 \
    MODERATION_API__HOST=0.0.0.0 MODERATION_OPS__HOST=0.0.0.0
EXPOSE 8080 9090
HEALTHCHECK --start-period=60s \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:9090/livez', timeout=3)"]
ENTRYPOINT ["moderation"]
CMD ["serve", "--data", "/data"]
