from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from rest_framework import generics, permissions, serializers
from rest_framework.response import Response
from rest_framework.views import APIView


class NewUser(serializers.ModelSerializer):
    password = serializers.CharField(write_only=True, validators=[validate_password])

    class Meta:
        model = User
        fields = ["id", "username", "email", "password"]

    def create(self, validated_data):
        return User.objects.create_user(**validated_data)


class Register(generics.CreateAPIView):
    permission_classes = [permissions.AllowAny]
    serializer_class = NewUser


class Protected(APIView):
    permission_classes = [permissions.IsAuthenticated]

    def get(self, request):
        return Response({"user": {"id": request.user.id, "username": request.user.username}})
