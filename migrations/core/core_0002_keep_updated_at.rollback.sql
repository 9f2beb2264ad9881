DROP FUNCTION empty_column();
DROP FUNCTION touch_updated_at();
