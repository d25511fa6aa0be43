# The first stage installs into /opt/portal, which is all that the second stage takes from it.
FROM python:3.11-slim AS build

ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
RUN python -m venv --without-pip /opt/portal
WORKDIR /src

# Dependencies change less often than the code, so they get their own layer. "otel" has traces, too.
ARG REQUIREMENTS=base
COPY requirements/${REQUIREMENTS}.txt requirements/
RUN pip --python /opt/portal/bin/python install --no-deps --require-hashes -r requirements/${REQUIREMENTS}.txt

COPY . .
RUN pip --python /opt/portal/bin/python install --no-deps --no-build-isolation .


FROM python:3.11-slim

# The working directory holds the SQLite file, if one is used.
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin invotify \
    && install --directory --owner=invotify --group=invotify /var/lib/invotify
COPY --from=build /opt/portal /opt/portal
ENV PATH=/opt/portal/bin:$PATH

USER invotify
WORKDIR /var/lib/invotify
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8000/healthz', timeout=3)"]
CMD ["invotify", "serve", "--host", "0.0.0.0"]
