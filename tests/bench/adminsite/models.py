from django.db import models


class Model(models.Model):
    """The columns of the console's models page."""

    id = models.CharField(max_length=128, primary_key=True)
    name = models.CharField(max_length=200)
    description = models.TextField(blank=True)
    status = models.CharField(max_length=40)
    format = models.CharField(max_length=40)
    size = models.CharField(max_length=40)
    architecture = models.CharField(max_length=100)
    quantization = models.CharField(max_length=40)
    context = models.BigIntegerField(null=True)
    params = models.BigIntegerField(null=True)
    created = models.DateTimeField()

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name
