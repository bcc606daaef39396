-- wrk plays eltex sessions: "sessions" logs in, checks and logs out, with the sessions that the
-- replies open; "checks" logs in once and checks that session.
-- One wrk thread. Its connections do not wait for each other: a session is logged out only when a
-- hundred rounds of requests after its check has gone out.

local SLACK = 3200
local USERS = 10000

local opened, checked = {}, {} -- queues: first, next
local only_checks, session
local user = 0
unexpected = 0

local function queue() return { first = 1, next = 1 } end
local function push(q, value) q[q.next] = value; q.next = q.next + 1 end
local function length(q) return q.next - q.first end
local function pop(q)
  local value = q[q.first]
  q[q.first] = nil
  q.first = q.first + 1
  return value
end

function setup(thread) only_thread = thread end

function init(arguments)
  only_checks = arguments[1] == "checks"
  opened, checked = queue(), queue()
end

local function post(command, attributes)
  return wrk.format("POST", "/commands/" .. command, { ["Content-Type"] = "text/xml; charset=utf-8" },
    '<?xml version="1.0" encoding="UTF-8"?>\n<in\n    ' ..
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" ' ..
    'xsi:noNamespaceSchemaLocation="' .. command:gsub("sp_", "sp_api_") .. '.xsd">\n' ..
    '    <request domain="gander.local" ' .. attributes .. ' />\n</in>\n')
end

local function check(login, id)
  return post("sp_check_session", 'login="' .. login .. '" session="' .. id .. '"')
end

local function login()
  local number = user
  user = (user + 1) % USERS
  return post("sp_login", 'login="user' .. number .. '" password="password' .. number .. '"')
end

function request()
  if only_checks and session then
    return session
  elseif not only_checks and length(checked) > SLACK then
    return post("sp_logout", 'session="' .. pop(checked) .. '"')
  elseif not only_checks and length(opened) > 0 then
    local one = pop(opened)
    push(checked, one.id)
    return check(one.login, one.id)
  end
  return login()
end

function response(status, _, body)
  local id = body:match('session="(%x+)"')
  if status ~= 200 or body:find("<error", 1, true) then
    unexpected = unexpected + 1
  elseif id then
    local name = body:match('alias_address="([^"]+)"')
    if only_checks then
      session = session or check(name, id)
    else
      push(opened, { login = name, id = id })
    end
  end
end

function done(summary)
  local errors = summary.errors
  local broken = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  io.write(string.format("requests %d unexpected %d\n", summary.requests,
    broken + only_thread:get("unexpected")))
end
