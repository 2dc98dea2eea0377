-- The Neovim part of scripts/editors.sh. Works with Neovim 0.7 and newer.
local bufnr = vim.api.nvim_get_current_buf()
local failed = false

local function say(ok, what, seen)
  failed = failed or not ok
  io.stdout:write((ok and 'ok   ' or 'FAIL ') .. what .. ': ' .. seen .. '\n')
end

local function lines()
  return vim.api.nvim_buf_get_lines(bufnr, 0, -1, false)
end

-- Waits for a condition, with a timeout in case the server never answers.
local function wait(condition)
  return vim.wait(20000, condition, 10)
end

local client = vim.lsp.start_client({
  name = 'rke2-lint',
  cmd = { vim.env.RKE2_LINT, 'server' },
  root_dir = vim.fn.getcwd(),
  flags = { debounce_text_changes = 20 },
})
vim.lsp.buf_attach_client(bufnr, client)

wait(function() return #vim.diagnostic.get(bufnr) > 0 end)
local found = vim.diagnostic.get(bufnr)[1] or { message = 'nothing', lnum = -1, col = -1 }
say(found.lnum == 7 and found.col == 4 and found.message:find('hubbel') ~= nil, 'diagnostic',
  ('%d:%d %s'):format(found.lnum + 1, found.col + 1, found.message:gsub('\n', ' | ')))

-- The quick fix.
local offsets = vim.lsp.get_client_by_id(client).offset_encoding
local params = {
  textDocument = { uri = vim.uri_from_bufnr(bufnr) },
  range = { start = { line = 7, character = 4 }, ['end'] = { line = 7, character = 10 } },
  context = { diagnostics = {} },
}
local answers = vim.lsp.buf_request_sync(bufnr, 'textDocument/codeAction', params, 20000) or {}
local actions = (answers[client] or {}).result or {}
local fix
for _, action in ipairs(actions) do
  if action.title:find('^Change to') then fix = action end
end
if fix then vim.lsp.util.apply_workspace_edit(fix.edit, offsets) end
say(lines()[8] == '    hubble:', 'quick fix', (fix and fix.title or 'none') .. ' -> ' .. lines()[8])
wait(function() return #vim.diagnostic.get(bufnr) == 0 end)
say(#vim.diagnostic.get(bufnr) == 0, 'after the fix', #vim.diagnostic.get(bufnr) .. ' diagnostics')

-- The time from a keystroke to the underlined key.
local start = vim.loop.hrtime()
vim.api.nvim_buf_set_lines(bufnr, 7, 8, false, { '    hubblex:' })
wait(function() return #vim.diagnostic.get(bufnr) > 0 end)
say(#vim.diagnostic.get(bufnr) > 0, 'underlined after a keystroke',
  ('%d ms'):format((vim.loop.hrtime() - start) / 1e6))

-- Completion inside valuesContent, on a line that is not valid YAML yet.
vim.api.nvim_buf_set_lines(bufnr, 7, 9, false, { '    hub' })
params = { textDocument = { uri = vim.uri_from_bufnr(bufnr) }, position = { line = 7, character = 7 } }
answers = vim.lsp.buf_request_sync(bufnr, 'textDocument/completion', params, 20000) or {}
local hubble
for _, item in ipairs((answers[client] or {}).result or {}) do
  if item.label == 'hubble' then hubble = item end
end
say(hubble ~= nil, 'completion', hubble and (hubble.label .. ', ' .. hubble.detail) or 'no hubble')
if hubble then
  vim.lsp.util.apply_text_edits({ hubble.textEdit }, bufnr, offsets)
  say(lines()[8] == '    hubble:' and lines()[9] == '      ', 'accepted', vim.inspect({ lines()[8], lines()[9] }))
  say(hubble.documentation.value:find('releases: v1') ~= nil, 'documentation',
    (hubble.documentation.value:gsub('\n+', ' ')))
end
vim.cmd(failed and 'cquit 1' or 'quitall!')
