# Two images of one source: `web` (pages and sockets) and `worker`, which adds the recognition libraries (3 GB).

FROM node:22-bookworm-slim AS packages
WORKDIR /packages
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts

FROM python:3.12-slim-bookworm AS base
ENV PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
# One thread a process: the worker scales by processes, and threads that spin cost more than they bring.
ENV OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1
WORKDIR /srv/attendance
COPY requirements/base.txt requirements/
RUN pip install --require-hashes -r requirements/base.txt
ENV DATA_DIR=/srv/data
RUN useradd --uid 10001 --create-home attendance && install -d -o attendance -g attendance /srv/data/models \
    && install -d -m 700 -o attendance -g attendance /srv/data/erasures

FROM base AS source
COPY --from=packages /packages/node_modules node_modules
COPY . .
# Collected once, here; the running containers have a read-only root and no node_modules.
RUN SECRET_KEY=unused MASTER_KEY=unused STATIC_MANIFEST=1 python manage.py collectstatic --noinput \
    && rm -rf node_modules

FROM base AS web
COPY --from=source /srv /srv
USER attendance
ENTRYPOINT ["/srv/attendance/deploy/entrypoint.sh"]
# -v 0: the access log would hold every address in full, links to join and query strings included.
CMD ["python", "-m", "daphne", "-b", "0.0.0.0", "-p", "8000", "-v", "0", "--no-server-name", "--proxy-headers", \
     "--websocket-max-message-size", "1048576", "--websocket-max-frame-size", "1048576", \
     "attendance_site.asgi:application"]

FROM base AS worker
COPY requirements/recognition.txt requirements/
RUN pip install --require-hashes -r requirements/recognition.txt
COPY --from=source /srv /srv
USER attendance
ENTRYPOINT ["/srv/attendance/deploy/entrypoint.sh"]
# DeepFace makes a folder of its own at import; the root is read-only.
ENV DEEPFACE_HOME=/tmp
CMD ["python", "manage.py", "frame_worker"]
