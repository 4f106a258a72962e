#!/bin/sh
# One case over the JSON API of a running demonstration, from a phone to the payment.
#
#     cargo run -- demo                                  # in another terminal
#     sh docs/first-case.sh http://127.0.0.1:8080
#
# The applicant asks for emergency aid once a year for each cause, so a second run is refused:
# begin anew with `cargo run -- demo --fresh`, or set PHONE or CAUSE (illness, disaster,
# accident, other) to something else.
set -eu

url=${1:-http://127.0.0.1:8080}
phone=${PHONE:-13800000003}                 # 丁示范, on the register of the poor
cause=${CAUSE:-accident}
password=${PASSWORD:-banjie-demo-2026}      # of all staff, see src/defaults.toml
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
who=applicant                               # whose cookies are sent

say() { printf '%-14s %s\n' "$1" "$2"; }

# ask METHOD PATH [BODY]: one request; what came back is then in $answer.
ask() {
    answer=$(curl -sS -b "$folder/$who" -c "$folder/$who" -X "$1" "$url/api/v1$2" \
        -H 'content-type: application/json' ${3:+--data-binary "$3"} -w '\n%{http_code}')
    finish "$1 $2"
}

# put_picture PATH: a paper, here a grey picture of 8 × 8 points.
put_picture() {
    printf '\211PNG\r\n\032\n\000\000\000\015IHDR\000\000\000\010\000\000\000\010\010\000\000\000\000\341\144\341\127\000\000\000\016IDAT\170\332\143\070\001\005\014\224\061\000\010\261\062\001\265\300\253\145\000\000\000\000IEND\256\102\140\202' \
        >"$folder/picture.png"
    answer=$(curl -sS -b "$folder/$who" -c "$folder/$who" -X PUT "$url/api/v1$1" \
        -H 'content-type: image/png' --data-binary "@$folder/picture.png" -w '\n%{http_code}')
    finish "PUT $1"
}

# Stops at an answer that is no 2xx: a problem says in `detail` what to do.
finish() {
    status=$(printf '%s\n' "$answer" | tail -n 1)
    answer=$(printf '%s\n' "$answer" | sed '$d')
    case $status in
        2??) ;;
        *) echo "$1: $status $answer" >&2; exit 1 ;;
    esac
}

# of KEY: the first value of that name in $answer, a text without commas, a number or a word.
of() {
    printf '%s\n' "$answer" | tr '{},[]' '\n\n\n\n\n' |
        sed -n "s/^\"$1\":\"\{0,1\}\([^\"]*\)\"\{0,1\}\$/\1/p" | head -n 1
}

# newest_code: the code in the newest letter to the phone.
newest_code() {
    ask GET /demo/letters
    printf '%s\n' "$answer" | tr '{' '\n' | grep "\"to\":\"$phone\"" |
        sed -n 's/.*"id":"\([^"]*\)".*"code":"\([0-9]*\)".*/\1 \2/p' | head -n 1
}

# decide LOGIN VERB [BODY]: signs in, waits for the case in the queue, decides.
decide() {
    who=$1
    ask POST /sessions "{\"login\": \"$1\", \"password\": \"$password\"}"
    tries=0
    while
        ask GET "/tasks?search=$number"
        task=$(of task)
        [ -z "$task" ]
    do
        tries=$((tries + 1))
        [ "$tries" -lt 20 ] || { echo "$number does not come to $1" >&2; exit 1; }
        sleep 1
    done
    [ "$1" != township-aid ] || put_picture "/tasks/$task/papers/visit_photo"
    ask POST "/tasks/$task/$2" "${3:-{\}}"
    say "$1" "$2: the case is now in the phase $(of phase)"
}

# --- The applicant ---------------------------------------------------------------------------
before=$(newest_code)
ask POST /sign-in-codes "{\"phone\": \"$phone\"}"
tries=0
while
    letter=$(newest_code)
    [ "$letter" = "$before" ]
do
    tries=$((tries + 1))
    [ "$tries" -lt 20 ] || { echo "no code comes to $phone" >&2; exit 1; }
    sleep 1
done
ask POST /sessions/by-code "{\"phone\": \"$phone\", \"code\": \"${letter##* }\"}"
say phone "$phone is signed in with the code ${letter##* }"

ask GET /people
person=$(of id)
ask GET /demo/clock
now=$(of now)
ask POST /cases "{\"program\": \"emergency-aid\", \"subject\": \"$person\", \"filed_as\": \"self\"}"
case=$(of id)
say draft "$case"
ask PATCH "/cases/$case" "{\"fields\": {\"urgent\": false, \"cause\": \"$cause\",
    \"day\": \"${now%%T*}\", \"need\": 1200000, \"home\": \"in_village\"}}"
say form "asks for 12 000 yuan (1 200 000 fen)"
for paper in proof identity; do
    put_picture "/cases/$case/papers/$paper"
    say paper "$paper"
done
ask POST "/cases/$case/submit" '{"declared": true}'
number=$(of number)
say submitted "$number"

# --- Those who decide ------------------------------------------------------------------------
decide teacher approve
decide school-aid approve
decide school-head approve
decide township-aid approve '{"form": {"visit": "Two rooms; the costs are as stated."}}'
decide county-edu approve
decide county-relief approve
decide city-edu approve

# --- The public notice, three working days ---------------------------------------------------
moved=0
while
    who=applicant
    ask GET "/cases/$number"
    [ "$(of status)" != paying ]
do
    moved=$((moved + 1))
    [ "$moved" -lt 8 ] || { echo "the public notice does not end" >&2; exit 1; }
    ask POST /demo/clock '{"working_days": 1}'
    while
        ask GET /demo/clock
        [ "$(of moving_to)" != null ]
    do
        sleep 1
    done
    say clock "$(of now)"
done
decide county-finance pay

# --- What the applicant reads ----------------------------------------------------------------
who=applicant
ask GET "/cases/$number/decision"
say decision "$(of outcome), $(of fen) fen, payment: $(of state)"
