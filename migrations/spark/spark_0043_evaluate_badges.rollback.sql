DROP FUNCTION award_badges(uuid);
DROP FUNCTION check_badge_eligibility(uuid);
DROP FUNCTION evaluate_badge_criteria(uuid, jsonb);
DROP FUNCTION badge_metric(uuid, text);
