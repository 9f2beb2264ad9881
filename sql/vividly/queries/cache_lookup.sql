-- what: the video that answers a topic, an interest and a style, when it is there already
-- source: service query; the document; DEVIATIONS V7
-- budget_ms: 5
-- params: topic_id = 'topic_phys_newton_3', interest_id = 'int_basketball', style = 'conversational', type = 'vivid_learning'
-- person: user_scale_1_1
-- scale_params: topic_id = 'topic_scale_6', interest_id = 'int_scale_12', style = 'conversational', type = 'vivid_learning'

SELECT
    gc.id,
    gc.cache_key,
    gc.video_url,
    gc.audio_url,
    gc.script_url,
    gc.duration_seconds
FROM generated_content AS gc
WHERE gc.topic_id = 'topic_phys_newton_3'
    AND gc.interest_id = 'int_basketball'
    AND gc.style = 'conversational'
    AND gc.content_type = 'vivid_learning';
