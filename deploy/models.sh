#!/bin/sh
# Fetches the weights of ENGINE on the first start and converts what needs converting, for the workers see this folder
# read-only. Where the weights cannot be had the start goes on with the packaged engine and says so;
# `docker compose run --rm models` tries again, `manage.py engine set NAME` then moves over.
set -eu
engine=${ENGINE:-arcface}
python manage.py facemodels verify --engine dlib
if [ "$engine" = dlib ]; then
    echo "Engine: dlib"
elif python manage.py facemodels pull --engine "$engine" && python manage.py facemodels verify --engine "$engine"; then
    echo "Engine: $engine"
else
    echo "The weights of $engine could not be had: starting with the packaged engine (dlib) instead." >&2
    engine=dlib
fi
echo "$engine" >"${MODELS_DIR:-/srv/data/models}/first_engine"
