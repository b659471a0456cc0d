# The console as an image: dependencies by hash, no build tools in the result, no root, a file system it need not write to.
FROM python:3.13-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/venv
COPY requirements.txt .
RUN /opt/venv/bin/pip install --require-hashes -r requirements.txt

FROM python:3.13-slim
RUN useradd --system --uid 10001 --no-create-home console
WORKDIR /srv/console
COPY --from=build /opt/venv /opt/venv
ENV PATH=/opt/venv/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 BIND=0.0.0.0:8000
COPY manage.py ./
COPY console console
COPY models_admin models_admin
COPY templates templates
COPY static static
# DEBUG for this one step: collecting files needs no secrets.
RUN DEBUG=1 python manage.py collectstatic --noinput --verbosity 0
USER console
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=20s CMD ["python", "-m", "console.healthcheck"]
CMD ["gunicorn", "-c", "console/gunicorn.py", "console.wsgi"]
