//! Owns the protocol side: one `DemoServer` for each connection (for each request on modern HTTP), which hands every
//! method to the part that knows the answer.

#![expect(
    deprecated,
    reason = "logging and resources/subscribe are deprecated and still live; clients must be able to try them"
)]

use std::collections::BTreeSet;
use std::sync::Arc;

use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CompleteRequestParams, CompleteResult, GetPromptRequestParams,
    GetPromptResponse, Implementation, InitializeRequestParams, InitializeResult, ListPromptsResult,
    ListResourceTemplatesResult, ListResourcesResult, ListToolsResult, PaginatedRequestParams,
    ReadResourceRequestParams, ReadResourceResponse, ServerCapabilities, ServerConfig, SetLevelRequestParams,
    SubscribeRequestParams, SubscriptionFilter, Tool, UnsubscribeRequestParams,
};
use rmcp::service::{RequestContext, SubscriptionContext, SubscriptionSendError};
use rmcp::{ErrorData, RoleServer, ServerHandler};
use tokio::sync::broadcast::error::RecvError;

use super::caller::Caller;
use super::page::{numbered, page};
use super::session::{Session, concerning};
use super::shared::Shared;
use super::{complete, prompts, resources, tools};

const INSTRUCTIONS: &str = "A small bookmark manager, built into mcp-tui to try a client on. Bookmarks have an id, a \
    url, a title and tags. Look with search_bookmarks or list_bookmarks before you add or change something; ids never \
    change and are never reused. delete_bookmark asks the person first. import_bookmarks takes a few seconds and \
    reports progress. Each bookmark is also a resource (bookmark://ID), and so are all of them (bookmark://all) and \
    those with a tag (bookmark://tag/TAG); the resources can be subscribed to.";

/// How long a client may keep the lists that never change.
const FIXED_TTL_MS: u64 = 60_000;

/// See the module's text.
#[derive(Debug)]
pub(super) struct DemoServer {
    shared: Arc<Shared>,
    session: Session,
}

impl DemoServer {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Self { shared, session: Session::new() }
    }

    fn page<T>(
        &self,
        list: &str,
        items: impl IntoIterator<Item = (u64, T)>,
        request: Option<PaginatedRequestParams>,
    ) -> Result<(Vec<T>, Option<String>), ErrorData> {
        let cursor = request.and_then(|request| request.cursor);
        page(list, items, cursor.as_deref(), self.shared.page_size)
    }
}

impl ServerHandler for DemoServer {
    fn get_info(&self) -> ServerConfig {
        let capabilities = ServerCapabilities::builder()
            .enable_logging()
            .enable_completions()
            .enable_prompts()
            .enable_resources()
            .enable_resources_list_changed()
            .enable_resources_subscribe()
            .enable_tools()
            .build();
        let implementation = Implementation::new("mcp-tui-demo", env!("CARGO_PKG_VERSION"))
            .with_title("mcp-tui demo: bookmarks")
            .with_description("A bookmark manager to try an MCP client on.");
        ServerConfig::new(capabilities).with_server_info(implementation).with_instructions(INSTRUCTIONS)
    }

    async fn initialize(
        &self,
        request: InitializeRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<InitializeResult, ErrorData> {
        context.peer.set_peer_info(request.clone());
        // Here and not at `initialized`: no change may fall between the answer and the feed.
        self.session.feed(&self.shared, context.peer);
        self.negotiate_initialize(&request)
    }

    async fn list_tools(
        &self,
        request: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        let (items, next) = self.page("tools", numbered(tools::list()), request)?;
        let mut result = ListToolsResult::with_all_items(items).with_ttl_ms(FIXED_TTL_MS);
        result.next_cursor = next;
        Ok(result)
    }

    fn get_tool(&self, name: &str) -> Option<Tool> {
        tools::list().iter().find(|tool| tool.name == name).cloned()
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        tools::call(&Caller::new(&self.shared, &self.session, context), request).await
    }

    async fn list_resources(
        &self,
        request: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListResourcesResult, ErrorData> {
        let all = resources::list(&self.shared.store());
        let (items, next) = self.page("resources", all, request)?;
        let mut result = ListResourcesResult::with_all_items(items);
        result.next_cursor = next;
        Ok(result)
    }

    async fn list_resource_templates(
        &self,
        request: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListResourceTemplatesResult, ErrorData> {
        let (items, next) = self.page("resources/templates", numbered(&resources::templates()), request)?;
        let mut result = ListResourceTemplatesResult::with_all_items(items).with_ttl_ms(FIXED_TTL_MS);
        result.next_cursor = next;
        Ok(result)
    }

    async fn read_resource(
        &self,
        request: ReadResourceRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<ReadResourceResponse, ErrorData> {
        resources::read(&self.shared.store(), &request.uri).map(Into::into)
    }

    async fn list_prompts(
        &self,
        request: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListPromptsResult, ErrorData> {
        let (items, next) = self.page("prompts", numbered(&prompts::list()), request)?;
        let mut result = ListPromptsResult::with_all_items(items).with_ttl_ms(FIXED_TTL_MS);
        result.next_cursor = next;
        Ok(result)
    }

    async fn get_prompt(
        &self,
        request: GetPromptRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<GetPromptResponse, ErrorData> {
        prompts::get(&self.shared.store(), &request).map(Into::into)
    }

    async fn complete(
        &self,
        request: CompleteRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<CompleteResult, ErrorData> {
        complete::complete(&self.shared.store(), &request)
    }

    async fn set_level(&self, request: SetLevelRequestParams, _: RequestContext<RoleServer>) -> Result<(), ErrorData> {
        self.session.set_level(request.level);
        Ok(())
    }

    async fn subscribe(
        &self,
        request: SubscribeRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        if !resources::is_ours(&request.uri) {
            let message = format!("{} is no resource of this server", request.uri);
            return Err(ErrorData::resource_not_found(message, None));
        }
        self.session.subscribe(request.uri)?;
        // A session restored without `initialize` has no feed yet.
        self.session.feed(&self.shared, context.peer);
        Ok(())
    }

    async fn unsubscribe(
        &self,
        request: UnsubscribeRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        self.session.unsubscribe(&request.uri);
        Ok(())
    }

    fn accepted_subscription_filter(&self, requested: &SubscriptionFilter) -> Option<SubscriptionFilter> {
        let mut accepted = requested.supported_by(&self.get_info().capabilities);
        if let Some(uris) = &mut accepted.resource_subscriptions {
            uris.retain(|uri| resources::is_ours(uri));
        }
        Some(accepted)
    }

    async fn listen(&self, context: SubscriptionContext) -> Result<(), ErrorData> {
        let mut changes = self.shared.changes();
        let accepted = context.accepted();
        let listing_wanted = accepted.resources_list_changed == Some(true);
        let watched: BTreeSet<String> = accepted.resource_subscriptions.iter().flatten().cloned().collect();
        loop {
            let change = tokio::select! {
                change = changes.recv() => match change {
                    Ok(change) => Some(change),
                    Err(RecvError::Lagged(_)) => None,
                    Err(RecvError::Closed) => return Ok(()),
                },
                () = context.cancelled() => return Ok(()),
                () = self.shared.closed() => return Ok(()),
            };
            let (listing, uris) = concerning(change, &watched);
            let telling = async {
                for uri in uris {
                    context.sink().notify_resource_updated(uri).await?;
                }
                if listing && listing_wanted {
                    context.sink().notify_resource_list_changed().await?;
                }
                Ok::<_, SubscriptionSendError>(())
            };
            // As in `Caller::tell`: after the end of input a notification would be waited for in vain.
            let sent = tokio::select! {
                biased;
                () = self.shared.closed() => return Ok(()),
                sent = telling => sent,
            };
            if sent.is_err() {
                return Ok(());
            }
        }
    }
}
