#!/bin/sh
# Fetches the weights of ENGINE on the first start. Where they cannot be had the start goes on with the packaged
# engine and says so; `docker compose run --rm models` tries again.
set -eu
if ! python manage.py facemodels pull --engine "${ENGINE:-arcface}"; then
    echo "The weights of ${ENGINE:-arcface} could not be fetched: starting with the packaged engine (dlib) instead." >&2
fi
