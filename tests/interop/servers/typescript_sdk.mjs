// A small server on the TypeScript SDK 2.x.
//
// Standard input and output by default; `--http PORT` is Streamable HTTP at `/mcp`. `--modern-only` refuses the
// `initialize` handshake of 2025-11-25 and before.

import { createServer } from 'node:http';
import { parseArgs } from 'node:util';

import { localhostHostValidation, localhostOriginValidation, toNodeHandler } from '@modelcontextprotocol/node';
import { McpServer, ResourceTemplate, acceptedContent, createMcpHandler, inputRequired } from '@modelcontextprotocol/server';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import * as z from 'zod';

const { values } = parseArgs({
    options: { http: { type: 'string' }, 'modern-only': { type: 'boolean', default: false } }
});

const text = text => ({ content: [{ type: 'text', text }] });

const who = z.object({ name: z.string().describe('Whom to greet') });

function build() {
    const server = new McpServer(
        { name: 'interop-typescript-sdk', version: '1.0.0' },
        { instructions: 'Interop server on the TypeScript SDK.' }
    );

    server.registerTool(
        'echo',
        { description: 'Say it back.', inputSchema: z.object({ message: z.string() }) },
        async ({ message }) => text(`Echo: ${message}`)
    );
    server.registerTool(
        'add',
        {
            description: 'Add two numbers.',
            inputSchema: z.object({ a: z.number(), b: z.number() }),
            outputSchema: z.object({ total: z.number() })
        },
        async ({ a, b }) => ({ ...text(String(a + b)), structuredContent: { total: a + b } })
    );
    server.registerTool(
        'fail',
        { description: 'Always fails.', inputSchema: z.object({ reason: z.string().default('on purpose') }) },
        async ({ reason }) => ({ ...text(`failed: ${reason}`), isError: true })
    );
    server.registerTool(
        'ask',
        { description: 'Greet someone the user names.', inputSchema: z.object({}) },
        async (_args, ctx) => {
            const answer = acceptedContent(ctx.mcpReq.inputResponses, 'who', who);
            if (answer !== undefined) return text(`Hello, ${answer.name}!`);
            if (ctx.mcpReq.inputResponses?.who !== undefined) return { ...text('nobody to greet'), isError: true };
            return inputRequired({
                inputRequests: {
                    who: inputRequired.elicit({ message: 'Whom shall I greet?', requestedSchema: who })
                },
                requestState: 'asked'
            });
        }
    );
    server.registerResource('greeting', 'note://greeting', { mimeType: 'text/plain' }, async uri => ({
        contents: [{ uri: uri.href, mimeType: 'text/plain', text: 'Hello from the TypeScript SDK' }]
    }));
    server.registerResource(
        'by-name',
        new ResourceTemplate('note://by-name/{name}', { list: undefined }),
        { mimeType: 'text/plain' },
        async (uri, { name }) => ({
            contents: [{ uri: uri.href, mimeType: 'text/plain', text: `A note about ${name}` }]
        })
    );
    server.registerPrompt(
        'greet',
        { description: 'Ask for a greeting.', argsSchema: z.object({ name: z.string() }) },
        ({ name }) => ({
            messages: [{ role: 'user', content: { type: 'text', text: `Please greet ${name}.` } }]
        })
    );
    return server;
}

if (values.http === undefined) {
    serveStdio(build, { legacy: values['modern-only'] ? 'reject' : 'serve' });
} else {
    const handler = createMcpHandler(build, { legacy: values['modern-only'] ? 'reject' : 'stateless' });
    const node = toNodeHandler(handler);
    const validateHost = localhostHostValidation();
    const validateOrigin = localhostOriginValidation();
    createServer((request, response) => {
        if (!validateHost(request, response) || !validateOrigin(request, response)) return;
        if (new URL(request.url, 'http://localhost').pathname !== '/mcp') {
            response.writeHead(404).end();
            return;
        }
        void node(request, response);
    }).listen(Number(values.http), '127.0.0.1');
}
