DROP FUNCTION pay_badge();
DROP TABLE earned_badges;
