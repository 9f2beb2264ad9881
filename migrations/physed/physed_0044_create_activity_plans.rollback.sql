DROP TABLE activity_plans;
DROP TYPE plan_status;
