DROP FUNCTION my_children_overview();
DROP FUNCTION my_dashboard();
