# frozen_string_literal: true

# The code exchange with Net::HTTP, by the method in authMethod (client_secret_post when it is not set).
# Reads authPath, envID, sharedWebAppID, postAuthCode, and what the method needs (see ../exchanges.py).

require "json"
require "net/http"

def expect(holds, sentence)
  abort sentence unless holds
end

method = ENV.fetch("authMethod", "client_secret_post")
id, secret = ENV.values_at("sharedWebAppID", "sharedWebAppSecret")
proof = case method
        when "client_secret_basic" then {}
        when "client_secret_post" then { "client_id" => id, "client_secret" => secret }
        when "none" then { "client_id" => id, "code_verifier" => ENV.fetch("codeVerifier") }
        else
          { "client_assertion_type" => "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "client_assertion" => ENV.fetch("clientAssertion") }
        end
uri = URI("#{ENV.fetch("authPath")}/#{ENV.fetch("envID")}/as/token")
request = Net::HTTP::Post.new(uri)
request.set_form_data(
  "grant_type" => "authorization_code",
  "code" => ENV.fetch("postAuthCode"),
  "redirect_uri" => "http://localhost:3000/callback",
  **proof
)
request.basic_auth(id, secret) if method == "client_secret_basic"
response = Net::HTTP.start(uri.host, uri.port) { |connection| connection.request(request) }
expect(response.code == "200", "#{response.code}: #{response.body}")

answer = JSON.parse(response.body)
expect(answer["token_type"] == "Bearer", "token_type is #{answer["token_type"]}")
expect(answer["expires_in"] == 3600, "expires_in is #{answer["expires_in"]}")
expect(answer["scope"] == "openid", "scope is #{answer["scope"]}")
%w[access_token id_token].each do |name|
  algorithm = JSON.parse(answer[name].split(".").first.tr("-_", "+/").unpack1("m"))["alg"]
  expect(algorithm == "RS256", "#{name} is signed with #{algorithm}")
end
puts "ok Ruby Net::HTTP #{method}"
