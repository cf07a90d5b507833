#ifndef CLIBPQ_SHIM_H
#define CLIBPQ_SHIM_H

#include <libpq-fe.h>

// libpq gives these as character macros, which Swift cannot import.
enum PGDiagnostic {
    PGDiagnosticSeverity = PG_DIAG_SEVERITY_NONLOCALIZED,
    PGDiagnosticSQLState = PG_DIAG_SQLSTATE,
    PGDiagnosticMessage = PG_DIAG_MESSAGE_PRIMARY,
    PGDiagnosticDetail = PG_DIAG_MESSAGE_DETAIL,
    PGDiagnosticHint = PG_DIAG_MESSAGE_HINT,
    PGDiagnosticPosition = PG_DIAG_STATEMENT_POSITION,
    PGDiagnosticContext = PG_DIAG_CONTEXT,
    PGDiagnosticSchema = PG_DIAG_SCHEMA_NAME,
    PGDiagnosticTable = PG_DIAG_TABLE_NAME,
    PGDiagnosticColumn = PG_DIAG_COLUMN_NAME,
    PGDiagnosticDataType = PG_DIAG_DATATYPE_NAME,
    PGDiagnosticConstraint = PG_DIAG_CONSTRAINT_NAME,
    PGDiagnosticFunction = PG_DIAG_SOURCE_FUNCTION,
};

#endif
