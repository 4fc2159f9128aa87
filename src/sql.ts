/** The entry "apus/sql": PostgreSQL and embedded SQLite with Kysely, sessions as dependencies, migrations and pages. */

export { database, openDatabase } from "./sql/database.ts";
export type { DatabaseOptions } from "./sql/database.ts";
export type { DatabaseSession } from "./sql/database-session.ts";
export type { Database } from "./sql/database-value.ts";
export type { NotificationOptions } from "./sql/listen.ts";
export { migrate, migrationStatus } from "./sql/migrate.ts";
export type { MigrateOptions, MigrationState, MigrationStep } from "./sql/migrate.ts";
export type { StartMigrations } from "./sql/migrate-at-start.ts";
export type { DatabaseNotification, DatabaseNotifications } from "./sql/notification-stream.ts";
export { page } from "./sql/page.ts";
export type { Page, PageOptions, PageOrder } from "./sql/page.ts";
export { pageQuery } from "./sql/page-query.ts";
export type { PageInput, PageQueryOptions } from "./sql/page-query.ts";
export type { BlockOptions, TransactionOptions } from "./sql/run-transaction.ts";
export { session, transaction } from "./sql/session-dependency.ts";
export type { SessionOf } from "./sql/session-dependency.ts";
export { isReferenceViolation, isUniqueViolation } from "./sql/sql-failure.ts";
export type { DatabaseStats, Isolation } from "./sql/sql-pool.ts";
export { isSqlSession } from "./sql/sql-session.ts";
export type { SqlDialect, SqlRows, SqlSession } from "./sql/sql-session.ts";
export { SqliteError } from "./sql/sqlite-error.ts";
