DROP TABLE user_notifications;
DROP TYPE notification_priority;
DROP TYPE notification_type;
