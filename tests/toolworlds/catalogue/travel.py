"""A small catalogue in the compact layout: hotels, flights, weather, money; ids, totals, days, codes."""

from typing import Any

import orjson

from toolworlds.catalogue.ingest import read_catalogue
from toolworlds.catalogue.registry import build_registry
from toolworlds.records.catalogues import Registry


def parameter(name: str, type_: str = "string", description: str = "") -> dict[str, Any]:
    return {"name": name, "type": type_, "description": description or f"The {name.replace('_', ' ')}"}


def endpoint(
    name: str,
    description: str,
    method: str,
    required: list[Any],
    reply: Any,
    optional: list[Any] | None = None,
) -> dict[str, Any]:
    return {
        "name": name,
        "description": description,
        "method": method,
        "required_parameters": required,
        "optional_parameters": optional or [],
        "template_response": orjson.dumps(reply).decode(),
    }


DAY = "Date (YYYY-MM-DD)"
HOTEL = {
    "hotel_id": "htl_001",
    "name": "Grand Plaza",
    "city": "Paris",
    "price_per_night": 120.5,
    "rating": 4.5,
}
BOOKING = {
    "booking_id": "bkg_11111",
    "confirmation_code": "ABC123",
    "hotel_id": "htl_001",
    "hotel_name": "Grand Plaza",
    "guest_name": "Ann Lee",
    "check_in": "2024-01-01",
    "check_out": "2024-01-03",
    "nights": 2,
    "total_price": 240.5,
    "status": "confirmed",
}
FLIGHT = {
    "flight_id": "FL1",
    "airline": "Northern Air",
    "departure_time": "2024-01-01T10:00:00",
    "arrival_time": "2024-01-01T12:00:00",
    "duration_minutes": 120,
    "price": 200,
}
RATES = {"amount": 100.0, "from_currency": "USD", "to_currency": "EUR", "rate": 0.9, "converted_amount": 90.0}
CART = {
    "cart_id": "crt_10001",
    "items": [{"product_id": "prd_10001", "name": "Lamp", "unit_price": 20.5, "quantity": 2}],
    "shipping": 4.5,
    "total": 45.5,
}
TOOLS = [
    {
        "tool_name": "hotels",
        "tool_description": "Hotels and bookings",
        "category": "Travel",
        "api_list": [
            endpoint(
                "search_hotels",
                "Search for hotels in a city",
                "GET",
                [parameter("city"), parameter("check_in", description=DAY)],
                {"hotels": [HOTEL], "total_results": 1},
                [
                    parameter("guests", "integer"),
                    parameter("max_price", "number"),
                    parameter("limit", "integer"),
                ],
            ),
            endpoint(
                "get_hotel",
                "Get details of a hotel",
                "GET",
                [parameter("hotel_id")],
                {**HOTEL, "address": "1 Mill Lane", "amenities": ["pool"]},
            ),
            endpoint(
                "book_hotel",
                "Book a hotel room",
                "POST",
                [
                    parameter("hotel_id"),
                    parameter("guest_name"),
                    parameter("check_in", description=DAY),
                    parameter("check_out", description=DAY),
                ],
                BOOKING,
            ),
            endpoint("get_booking", "Get a booking", "GET", [parameter("booking_id")], BOOKING),
            endpoint(
                "list_bookings",
                "List the bookings of the user",
                "GET",
                [],
                {"bookings": [BOOKING], "count": 1},
            ),
            endpoint(
                "find_booking",
                "Get a booking by its confirmation code",
                "GET",
                [parameter("confirmation_code")],
                BOOKING,
            ),
            endpoint(
                "cancel_booking",
                "Cancel a booking",
                "DELETE",
                [parameter("booking_id")],
                {"booking_id": "bkg_11111", "status": "cancelled", "refund_amount": 240.5},
            ),
        ],
    },
    {
        "tool_name": "trips",
        "tool_description": "Flights, weather, money",
        "category": "Travel",
        "api_list": [
            endpoint(
                "search_flights",
                "Search for flights between two cities",
                "GET",
                [parameter("origin"), parameter("destination"), parameter("departure_date", description=DAY)],
                {"flights": [FLIGHT]},
            ),
            endpoint(
                "get_weather_forecast",
                "Get the weather forecast for a city",
                "GET",
                [parameter("city"), parameter("days", "integer")],
                {
                    "city": "Paris",
                    "forecast": [{"date": "2024-01-01", "high": 20, "low": 11, "condition": "sunny"}],
                },
            ),
            endpoint(
                "convert_currency",
                "Convert an amount from one currency to another",
                "GET",
                [parameter("amount", "number"), parameter("from_currency"), parameter("to_currency")],
                RATES,
            ),
            endpoint("get_cart", "Get the shopping cart", "GET", [], CART),
            endpoint("ping", "Check the service", "GET", [], {}),
        ],
    },
]


def build_travel(folder: Any) -> Registry:
    """The registry of these tools; `folder` is where their file may stand."""
    path = folder / "travel.json"
    path.write_bytes(orjson.dumps(TOOLS))
    return build_registry(read_catalogue(path))[0]
