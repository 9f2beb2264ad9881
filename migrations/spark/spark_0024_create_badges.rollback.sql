DROP TABLE badges;
DROP TYPE badge_rarity;
DROP TYPE badge_category;
