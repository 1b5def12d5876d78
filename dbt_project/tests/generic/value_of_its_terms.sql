{# A published value is factor x numerator / denominator, or the difference of its two terms. #}
{% test value_of_its_terms(model) %}
select figures.*
from {{ model }} as figures
inner join {{ ref('dim_indicator') }} as indicators
    on figures.indicator_code = indicators.indicator_code
where
    figures.status <> 'held'
    and not coalesce(
        case indicators.kind
            when 'ratio'
                then abs(
                    figures.value
                    - indicators.factor
                    * cast(figures.numerator as double)
                    / cast(figures.denominator as double)
                ) <= 1e-9 * greatest(1, abs(figures.value))
            when 'difference'
                then figures.value = cast(figures.numerator - figures.denominator as double)
            else figures.value = cast(figures.numerator as double)
        end, false
    )
{% endtest %}
