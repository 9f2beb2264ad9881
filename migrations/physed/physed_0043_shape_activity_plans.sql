-- depends: physed_0042_keep_assessment_history
-- Why:  the document prints three JSON structures of a plan; each is checked as it is printed.
-- Lock: none, only new objects. Rollback loses: nothing; fails while the table uses a function.

CREATE FUNCTION activity_plans_objectives_fits(p_objectives jsonb) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE
SET search_path FROM CURRENT
AS $$
BEGIN
    RETURN refuse_json(json_fault(p_objectives, '{
        "type": "object", "required": ["learning_objectives"],
        "properties": {
            "learning_objectives": {"type": "array", "filled": true, "items": {
                "type": "object", "required": ["area", "target"],
                "properties": {
                    "area": {"type": "string"},
                    "target": {"type": "string"},
                    "success_criteria": {"type": "array", "items": {"type": "string"}}
                }
            }},
            "priority_levels": {"type": "object", "values": {"type": "string"}}
        }
    }', 'objectives'), 'activity_plans', 'objectives');
END;
$$;

COMMENT ON FUNCTION activity_plans_objectives_fits(jsonb) IS
'True, or 23514 with the path at fault. Structure: DEVIATIONS R78 to R88; at least one learning '
'objective.';

CREATE FUNCTION activity_plans_assessment_criteria_fits(p_criteria jsonb) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE
SET search_path FROM CURRENT
AS $$
BEGIN
    RETURN refuse_json(coalesce(json_fault(p_criteria, '{
        "type": "object", "required": ["skill_criteria"],
        "properties": {
            "skill_criteria": {"type": "object", "filled": true, "values": {
                "type": "object", "required": ["weight"],
                "properties": {
                    "weight": {"type": "number", "min": 0, "max": 1},
                    "minimum_score": {"type": "number", "min": 0, "max": 100},
                    "evaluation_points": {"type": "array", "items": {"type": "string"}}
                }
            }},
            "progress_indicators": {"type": "array", "items": {"type": "string"}}
        }
    }', 'assessment_criteria'),
    json_weights_fault(
        p_criteria -> 'skill_criteria', 'weights in assessment_criteria.skill_criteria'
    )),
    'activity_plans', 'assessment_criteria');
END;
$$;

COMMENT ON FUNCTION activity_plans_assessment_criteria_fits(jsonb) IS
'True, or 23514 with the path at fault. Structure: DEVIATIONS R78 to R88; the weights sum to 1.';

CREATE FUNCTION activity_plans_progress_tracking_fits(p_tracking jsonb) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE
SET search_path FROM CURRENT
AS $$
BEGIN
    RETURN refuse_json(json_fault(p_tracking, '{
        "type": "object",
        "properties": {
            "weekly_metrics": {"type": "array", "items": {
                "type": "object", "required": ["week"],
                "properties": {
                    "week": {"type": "integer", "min": 1},
                    "attendance": {"type": "number", "min": 0, "max": 1},
                    "completion_rate": {"type": "number", "min": 0, "max": 1},
                    "skill_improvements": {
                        "type": "object", "values": {"type": "number", "min": -1, "max": 1}
                    }
                }
            }},
            "achievement_milestones": {"type": "array", "items": {
                "type": "object", "required": ["milestone"],
                "properties": {
                    "milestone": {"type": "string"},
                    "achieved_date": {"type": "string", "means": "a day, YYYY-MM-DD"},
                    "proficiency_level": {"type": "string"}
                }
            }},
            "adaptation_history": {"type": "array", "items": {
                "type": "object", "required": ["date", "type"],
                "properties": {
                    "date": {"type": "string", "means": "a day, YYYY-MM-DD"},
                    "type": {"type": "string"},
                    "reason": {"type": "string"},
                    "details": {"type": "object"}
                }
            }}
        }
    }', 'progress_tracking'), 'activity_plans', 'progress_tracking');
END;
$$;

COMMENT ON FUNCTION activity_plans_progress_tracking_fits(jsonb) IS
'True, or 23514 with the path at fault. Structure: DEVIATIONS R78 to R88; every list is optional.';

GRANT EXECUTE ON FUNCTION activity_plans_objectives_fits(jsonb)
TO authenticated_users, slate_services;
GRANT EXECUTE ON FUNCTION activity_plans_assessment_criteria_fits(jsonb)
TO authenticated_users, slate_services;
GRANT EXECUTE ON FUNCTION activity_plans_progress_tracking_fits(jsonb)
TO authenticated_users, slate_services;
