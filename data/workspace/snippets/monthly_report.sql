-- Monthly report for harbour masters.
-- Stations with fewer than 4,000 messages a month are listed as incomplete.
SELECT station_id, count(*) AS messages, max(level_mm) AS highest
FROM levels
WHERE measured_at >= :month_start AND measured_at < :month_end
GROUP BY station_id
ORDER BY station_id;
