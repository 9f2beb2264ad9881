DROP TABLE earned_badges;
DROP FUNCTION pay_badge();
