DROP TABLE assistant_capabilities;
