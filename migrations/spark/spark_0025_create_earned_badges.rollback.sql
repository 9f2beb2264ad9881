DROP TABLE badge_debts;
DROP TABLE earned_badges;
DROP FUNCTION pay_badge();
DROP FUNCTION take_badge_back();
