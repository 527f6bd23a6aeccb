# frozen_string_literal: true

# The code exchange with Net::HTTP. Reads authPath, envID, sharedWebAppID, sharedWebAppSecret and postAuthCode.

require "json"
require "net/http"

def expect(holds, sentence)
  abort sentence unless holds
end

uri = URI("#{ENV.fetch("authPath")}/#{ENV.fetch("envID")}/as/token")
response = Net::HTTP.post_form(
  uri,
  "grant_type" => "authorization_code",
  "code" => ENV.fetch("postAuthCode"),
  "redirect_uri" => "http://localhost:3000/callback",
  "client_id" => ENV.fetch("sharedWebAppID"),
  "client_secret" => ENV.fetch("sharedWebAppSecret")
)
expect(response.code == "200", "#{response.code}: #{response.body}")

answer = JSON.parse(response.body)
expect(answer["token_type"] == "Bearer", "token_type is #{answer["token_type"]}")
expect(answer["expires_in"] == 3600, "expires_in is #{answer["expires_in"]}")
expect(answer["scope"] == "openid", "scope is #{answer["scope"]}")
%w[access_token id_token].each do |name|
  algorithm = JSON.parse(answer[name].split(".").first.tr("-_", "+/").unpack1("m"))["alg"]
  expect(algorithm == "RS256", "#{name} is signed with #{algorithm}")
end
puts "ok Ruby Net::HTTP"
