-- readable-from: 1
-- Grain state, in the form that Orleans' ADO.NET grain storage asks for. One row a state name and grain, held by a unique key; the hashes
-- that Orleans also sends serve databases with narrow index keys, and PostgreSQL needs none.

CREATE TABLE IF NOT EXISTS OrleansStorage
(
    ServiceId              varchar(150) NOT NULL,
    GrainTypeString        varchar(512) NOT NULL,
    GrainIdExtensionString varchar(512) NOT NULL,
    GrainIdN0              bigint       NOT NULL,
    GrainIdN1              bigint       NOT NULL,
    PayloadBinary          bytea,
    ModifiedOn             timestamptz  NOT NULL,
    Version                integer      NOT NULL,
    PRIMARY KEY (ServiceId, GrainTypeString, GrainIdExtensionString, GrainIdN0, GrainIdN1)
);

-- Orleans takes a reply with the version it sent (or none) for a lost race. Each write is one statement: of two writers that both expect
-- the same version, or none, the second one waits for the first and then finds that it lost.
INSERT INTO OrleansQuery (QueryKey, QueryText) VALUES
('WriteToStorageKey', '
    WITH changed AS (
        UPDATE OrleansStorage SET PayloadBinary = @PayloadBinary, ModifiedOn = now(), Version = Version + 1
        WHERE ServiceId = @ServiceId AND GrainTypeString = @GrainTypeString
            AND GrainIdExtensionString = COALESCE(CAST(@GrainIdExtensionString AS text), '''') AND GrainIdN0 = @GrainIdN0 AND GrainIdN1 = @GrainIdN1
            AND Version = CAST(@GrainStateVersion AS integer)
        RETURNING Version),
    made AS (
        INSERT INTO OrleansStorage
            (ServiceId, GrainTypeString, GrainIdExtensionString, GrainIdN0, GrainIdN1, PayloadBinary, ModifiedOn, Version)
        SELECT @ServiceId, @GrainTypeString, COALESCE(CAST(@GrainIdExtensionString AS text), ''''), @GrainIdN0, @GrainIdN1, @PayloadBinary, now(), 1
        WHERE CAST(@GrainStateVersion AS integer) IS NULL
        ON CONFLICT DO NOTHING
        RETURNING Version)
    SELECT COALESCE((SELECT Version FROM changed), (SELECT Version FROM made), CAST(@GrainStateVersion AS integer)) AS NewGrainStateVersion;
'),
('ReadFromStorageKey', '
    SELECT PayloadBinary, Version FROM OrleansStorage
    WHERE ServiceId = @ServiceId AND GrainTypeString = @GrainTypeString
        AND GrainIdExtensionString = COALESCE(CAST(@GrainIdExtensionString AS text), '''') AND GrainIdN0 = @GrainIdN0 AND GrainIdN1 = @GrainIdN1;
'),
-- The row stays, with a version, so that a writer with an older version still loses.
('ClearStorageKey', '
    UPDATE OrleansStorage SET PayloadBinary = NULL, ModifiedOn = now(), Version = Version + 1
    WHERE ServiceId = @ServiceId AND GrainTypeString = @GrainTypeString
        AND GrainIdExtensionString = COALESCE(CAST(@GrainIdExtensionString AS text), '''') AND GrainIdN0 = @GrainIdN0 AND GrainIdN1 = @GrainIdN1
        AND Version = CAST(@GrainStateVersion AS integer)
    RETURNING Version AS NewGrainStateVersion;
'),
('DeleteStorageKey', '
    DELETE FROM OrleansStorage
    WHERE ServiceId = @ServiceId AND GrainTypeString = @GrainTypeString
        AND GrainIdExtensionString = COALESCE(CAST(@GrainIdExtensionString AS text), '''') AND GrainIdN0 = @GrainIdN0 AND GrainIdN1 = @GrainIdN1
        AND Version = CAST(@GrainStateVersion AS integer)
    RETURNING Version + 1 AS NewGrainStateVersion;
')
ON CONFLICT (QueryKey) DO UPDATE SET QueryText = excluded.QueryText;
