import os

from django.core.wsgi import get_wsgi_application

from console.frames import with_room

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "console.settings")
application = with_room(get_wsgi_application())
