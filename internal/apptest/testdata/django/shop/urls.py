from django.urls import path
from rest_framework_simplejwt import views as tokens

from . import views

urlpatterns = [
    path("api/register/", views.Register.as_view()),
    path("api/protected/", views.Protected.as_view()),
    path("api/token/", tokens.TokenObtainPairView.as_view()),
    path("api/token/refresh/", tokens.TokenRefreshView.as_view()),
    path("api/token/verify/", tokens.TokenVerifyView.as_view()),
    path("api/token/blacklist/", tokens.TokenBlacklistView.as_view()),
]
