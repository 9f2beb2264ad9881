DROP FUNCTION class_roster(uuid);
DROP FUNCTION visible_class_roster(uuid);
DROP FUNCTION sum_up_roster(uuid, boolean, uuid[]);
