DROP TABLE generated_assets;
