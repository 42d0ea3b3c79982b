// Package djangotest gives tests real databases of Django projects: files of
// SQLite, and dumps of PostgreSQL and MySQL that are restored where storetest has a
// server. Each is the caller's alone and gone after the test. What is in them was
// written by Django 3.2 and 5.2 and is described by Recorded.
package djangotest
