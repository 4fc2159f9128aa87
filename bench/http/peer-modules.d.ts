/** The peers' modules without their types, so that the repository type-checks where they are not installed. */

declare module "@fastify/multipart";
declare module "@fastify/static";
declare module "@fastify/under-pressure";
declare module "@fastify/websocket";
declare module "@hono/node-server";
declare module "@hono/zod-validator";
declare module "elysia";
declare module "express";
declare module "fastify";
declare module "hono";
