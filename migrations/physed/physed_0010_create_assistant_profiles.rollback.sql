DROP TABLE assistant_profiles;
