-- For wrk: sends the requests of a folder, 1.http, 2.http and so on, one after the other.
local requests, last = {}, 0

function init(args)
  local file = io.open(args[1] .. "/1.http", "rb")
  while file do
    requests[#requests + 1] = file:read("*a")
    file:close()
    file = io.open(("%s/%d.http"):format(args[1], #requests + 1), "rb")
  end
end

function request()
  last = last % #requests + 1
  return requests[last]
end

-- The last line is for a program: seconds, answers of any status, other statuses than 2xx and 3xx,
-- errors of sockets.
function done(summary, latency, counts)
  local e = summary.errors
  print(("\n%.6f %d %d %d"):format(
    summary.duration / 1e6, summary.requests, e.status, e.connect + e.read + e.write + e.timeout))
end
