from django.apps import AppConfig


class ClinicsConfig(AppConfig):
    name = "nutshell.clinics"
    label = "clinics"
